"""What notification keeps: one delivery per event and person."""

from services.notification.domain.delivery import Delivery
from shared.store import Store


class Deliveries(Store[Delivery]):
    model = Delivery
    indexes = (("authority", "state", "_id"), ("authority", "template", "state"), ("authority", "_id"))
