"""The HTTP interface, one file per subject."""

from services.notification.routes.deliveries import routes as delivery_routes
from services.notification.routes.events import routes as event_routes
from services.notification.routes.inbox import routes as inbox_routes
from services.notification.routes.letters import routes as letter_routes
from services.notification.routes.offices import routes as office_routes
from services.notification.routes.subscriptions import routes as subscription_routes
from services.notification.routes.templates import routes as template_routes

__all__ = [
    "delivery_routes",
    "event_routes",
    "inbox_routes",
    "letter_routes",
    "office_routes",
    "subscription_routes",
    "template_routes",
]
