"""How Kanbert may be: profiles, each one way to be where its API is not documented, and the stage that plays them."""

from autobook_sim.kanbert.profiles.announcements import ReadLater
from autobook_sim.kanbert.profiles.profile import Paging, Profile
from autobook_sim.kanbert.profiles.registry import PROFILES, combination, profiles_of
from autobook_sim.kanbert.profiles.stage import Stage

__all__ = ["PROFILES", "Paging", "Profile", "ReadLater", "Stage", "combination", "profiles_of"]
