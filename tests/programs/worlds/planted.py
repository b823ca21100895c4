"""The protocol broken on purpose, one step at a time; the worlds have to catch each, by the invariant named."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from tests.programs.worlds import bugs
from tests.programs.worlds.explore import Budget
from tests.programs.worlds.interventions import BY_NAME
from tests.programs.worlds.promises import Promise

_ACTS = ("b1.account = other", "b1.account emptied", "b1.account = ours", "b1 deleted", "status = ready_for_accounting")
FAULT, ACT = Budget(faults=1), Budget(acts=1, known_acts=tuple(BY_NAME[name] for name in _ACTS))
SAME_VALUE = Budget(1, 1, (BY_NAME["b1.account = ours"],))
BUSY_EMPTIED = Budget(1, 1, (BY_NAME["b1.account emptied"],), (BY_NAME["429"],))
CRASH_EMPTIED = Budget(1, 1, (BY_NAME["b1.account emptied"],), (BY_NAME["crash"],))


@dataclass(frozen=True)
class Plant:
    """A bug: where it is put, in which scene and with which interventions it shows, and what it breaks."""

    name: str
    breaks: Promise
    patches: Callable[[], bugs.Patches]
    scene: str = "first"
    budget: Budget = FAULT

    @contextmanager
    def planted(self) -> Iterator[None]:
        """As long as it is there."""
        with ExitStack() as stack:
            for target, name, value in self.patches():
                stack.enter_context(patch.object(target, name, value))
            yield


PLANTS = (
    Plant("no intent before the first write", Promise.PROVENANCE, bugs.no_intent),
    Plant("the run is never recorded", Promise.STATES, bugs.never_recorded, "swept"),
    Plant("recorded before it is published", Promise.STATES, bugs.recorded_before_published),
    Plant("the status first", Promise.LOST, bugs.status_first, "ready"),
    Plant("a resumed run decides on what it finds", Promise.LOST, bugs.decides_on_what_it_finds),
    Plant("a resumed run takes nothing for done", Promise.PROVENANCE, bugs.undone_means_never_written),
    Plant("the echo of a write is not recognised", Promise.STATES, bugs.echo_not_recognised),
    Plant("what a person owns is forgotten", Promise.OVERRULED, bugs.human_owned_forgotten, "emptied", ACT),
    Plant("an emptied value counts as never written", Promise.OVERRULED, bugs.empty_is_nobodys, budget=ACT),
    Plant("a corrected value stays ours", Promise.PROVENANCE, bugs.corrected_stays_ours, budget=ACT),
    Plant("corrections are not announced", Promise.UNANNOUNCED_CORRECTION, bugs.corrections_not_announced, budget=ACT),
    Plant("a closed invoice is not noticed", Promise.CLOSED, bugs.closed_not_noticed, budget=ACT),
    Plant("a hand-over is not noticed", Promise.CLOSED, bugs.hand_over_not_noticed, "slow", ACT),
    Plant("the status is set on what has changed", Promise.SURPRISE, bugs.status_whatever_has_changed, "slow", ACT),
    Plant("a person's value is written over", Promise.OVERRULED, bugs.writes_over_anything, budget=ACT),
    Plant("a person's equal value is taken for ours", Promise.PROVENANCE, bugs.equal_is_ours, budget=ACT),
    Plant("the whole answer is believed", Promise.UNANNOUNCED_CORRECTION, bugs.whole_answer_believed, budget=ACT),
    Plant("a deleted line is not announced", Promise.UNANNOUNCED_CORRECTION, bugs.deletions_not_announced, budget=ACT),
    Plant("what was not sent stays intended", Promise.PROVENANCE, bugs.unsent_stays_intended, "swept", SAME_VALUE),
    Plant("what was answered is not confirmed", Promise.OVERRULED, bugs.never_confirmed, budget=CRASH_EMPTIED),
    Plant("what was accepted is forgotten", Promise.OVERRULED, bugs.accepted_forgotten, "silent", BUSY_EMPTIED),
    Plant("values are announced again", Promise.LOST, bugs.announced_again, budget=ACT),
    Plant("what is known is announced again", Promise.STATES, bugs.known_is_announced, "ready", ACT),
    Plant("what Kanbert refused is not told", Promise.LOST, bugs.refusals_not_told, "ready"),
    Plant("corrections are not saved", Promise.FALSE_CORRECTION, bugs.unsaved_corrections, "corrected", CRASH_EMPTIED),
    Plant("suggestions are written", Promise.SURPRISE, bugs.suggestions_written, "suggested"),
    Plant("the sweep queues nothing", Promise.LOST, bugs.sweep_queues_nothing, "swept", ACT),
    Plant("Kanbert is busy, and the message is given up", Promise.VANISHED, bugs.gives_up_when_busy),
)
