"""Settings of the tests of notification."""

from hypothesis import settings

# A machine that does other work beside the tests is slow now and then; that is not what a property is about.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
