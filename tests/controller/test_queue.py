"""The queue of statuses hands out what a plain list would, however it is used."""

from hypothesis import given
from hypothesis import strategies as st

from proxyless.controller.queue import Queue
from proxyless.model.resource import Ref

REFS = [Ref(kind, "shop", name) for kind in ("Service", "Sidecar") for name in "abc"]
refs = st.sampled_from(REFS)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("first"), st.lists(refs, unique=True, max_size=4)),
        st.tuples(st.just("last"), st.lists(refs, unique=True, max_size=4)),
        st.tuples(st.just("later"), refs, st.integers(0, 6)),
        st.tuples(st.just("block"), st.sampled_from(["Service", "Sidecar"]), st.integers(0, 6)),
        st.tuples(st.just("drop"), refs),
        st.tuples(st.just("take")),
    ),
    max_size=40,
)


@given(steps)
def test_each_object_waits_once_and_none_is_lost_or_early(todo: list[tuple[object, ...]]) -> None:
    queue, waiting, blocked = Queue(), dict[Ref, float](), dict[str, float]()
    for now, (what, *arguments) in enumerate(todo):
        match what, arguments:
            case "first", [list(group)]:
                queue.put_first(group)
                waiting.update(dict.fromkeys(group, 0.0))
            case "last", [list(group)]:
                queue.put_last(group)
                waiting.update(dict.fromkeys(group, 0.0))
            case "later", [Ref() as ref, int(delay)]:
                queue.put_later(ref, now + delay)
                waiting.setdefault(ref, now + delay)
            case "block", [str(kind), int(delay)]:
                queue.block(kind, now + delay)
                blocked[kind] = max(now + delay, blocked.get(kind, 0.0))
            case "drop", [Ref() as ref]:
                queue.drop(ref)
                waiting.pop(ref, None)
            case _:
                due = {ref for ref, at in waiting.items() if at <= now and blocked.get(ref.kind, 0.0) <= now}
                taken = queue.take(now)
                assert (taken in due) if due else (taken is None)
                if taken is not None:
                    del waiting[taken]
        assert len(queue) == len(waiting)
    left = {queue.take(10**6) for _ in range(len(waiting))}
    assert left == waiting.keys()
    assert queue.take(10**6) is None


def test_the_newest_comes_first_and_groups_keep_their_order() -> None:
    queue = Queue()
    queue.put_first(REFS[:2])
    queue.put_first(REFS[2:4])
    queue.put_first(REFS[1:2])
    assert [queue.take(0) for _ in range(5)] == [REFS[1], REFS[2], REFS[3], REFS[0], None]


def test_what_is_put_last_waits_for_all_others() -> None:
    queue = Queue()
    queue.put_last(REFS[:2])
    queue.put_first(REFS[2:3])
    queue.put_last([REFS[2], REFS[3]])
    queue.put_first(REFS[4:5])
    assert [queue.take(0) for _ in range(6)] == [REFS[4], REFS[2], REFS[0], REFS[1], REFS[3], None]


def test_what_is_blocked_lets_others_pass() -> None:
    queue = Queue()
    queue.put_first([REFS[0], REFS[3]])
    queue.block("Service", 5)
    assert [queue.take(1), queue.take(1), queue.take(6)] == [REFS[3], None, REFS[0]]
