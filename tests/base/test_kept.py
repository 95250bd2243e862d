import gc
import weakref

from marketwake.base.kept import kept


class Sums:
    def __init__(self, values: list[int]) -> None:
        self.values = values
        self.computed = 0

    @kept
    def up_to(self, count: int, *, sign: int = 1) -> int:
        self.computed += 1
        return sign * sum(self.values[:count])


def test_a_result_is_computed_once_for_the_same_arguments_and_object() -> None:
    first, other = Sums([1, 2, 3]), Sums([10, 20, 30])
    assert [first.up_to(2), first.up_to(2), other.up_to(2)] == [3, 3, 30]
    assert [first.up_to(3), first.up_to(2, sign=-1), first.up_to(2, sign=1)] == [6, -3, 3]
    assert (first.computed, other.computed) == (4, 1)


def test_what_was_computed_goes_with_its_object() -> None:
    sums = Sums([1, 2])
    sums.up_to(1)
    gone = weakref.ref(sums)
    gc.disable()
    try:
        del sums
        assert gone() is None
    finally:
        gc.enable()
