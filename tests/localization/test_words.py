"""Functions found by the words that they share with a failing test."""

from __future__ import annotations

from healer.localization import words
from healer.localization.locate import locate
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.spectra import Hits, Spectra
from tests.localization.failing import FakeSourceTree, failing

SHOP = """
def voucher_discount(basket):
    # Vouchers take a share off the whole basket.
    return basket.total * basket.voucher


def shipping_costs(basket):
    return basket.weight * 2
"""
PARCEL = """
class Parcel:
    def shipping_label(self):
        return self.address
"""
TESTS = """
def test_voucher(checkout):
    assert checkout.pay(voucher="SPRING") == 3
"""
TREE = FakeSourceTree.of(**{"shop.py": SHOP, "parcel.py": PARCEL, "tests/test_it.py": TESTS})
ONLY_WORDS = ((words.rank, 1.0),)


def functions(name: str, ran: Spectra | None = None, *, message: str = "assert 1 == 2", line: int = 3) -> list[str]:
    clusters = failing(("tests/test_it.py", line), name=name, message=message)
    return [place.function or "" for place in locate(clusters, TREE, (), ran, rankers=ONLY_WORDS)]


def test_the_function_that_speaks_of_what_the_test_does_is_found_though_nothing_calls_it_by_name() -> None:
    assert functions("test_voucher") == ["voucher_discount"]


def test_the_message_counts_where_there_is_no_test_to_read() -> None:
    assert functions("test_elsewhere", message="AssertionError: no label for the parcel")[0] == "Parcel.shipping_label"


def test_parts_of_names_count_and_whole_names_count_more() -> None:
    found = functions("test_elsewhere", message="KeyError: shipping_costs")
    assert found == ["shipping_costs", "Parcel.shipping_label"]


def test_only_what_ran_is_looked_at_where_that_is_known() -> None:
    ran = Spectra(
        1, ("tests/test_it.py::test_elsewhere",), {"parcel.py": {4: Hits(0, (0,))}, "shop.py": {4: Hits(1, ())}}
    )
    assert functions("test_elsewhere", ran, message="KeyError: shipping_costs") == ["Parcel.shipping_label"]


def test_the_evidence_names_the_rarest_words() -> None:
    found = locate(failing(("tests/test_it.py", 3), name="test_voucher"), TREE, (), rankers=ONLY_WORDS)
    assert found[0].evidence == ("voucher_discount shares words with tests/test_it.py::test_voucher: voucher",)


def test_words_that_every_test_has_lead_to_the_test_alone() -> None:
    assert functions("test_it", message="AssertionError: expected True, got False") == ["test_voucher"]


def test_a_stack_that_reached_the_source_makes_words_count_half() -> None:
    alone = locate(failing(("tests/test_it.py", 3), name="test_voucher"), TREE, (), rankers=ONLY_WORDS)
    beside = locate(failing(("shop.py", 8), name="test_voucher"), TREE, (), rankers=ONLY_WORDS)
    assert (alone[0].suspiciousness, beside[0].suspiciousness) == (1.0, 0.5)


def test_what_no_suite_runs_as_a_rule_shares_no_words() -> None:
    tree = FakeSourceTree.of(**{"examples/shop.py": "def voucher_discount(voucher):\n    return voucher\n"})
    assert locate(failing(name="test_voucher"), tree, (), rankers=ONLY_WORDS) == ()


def test_of_a_script_what_stands_before_its_last_output_does_not_count() -> None:
    script = 'echo "== refunds"\nshop refund\necho "== vouchers"\nshop voucher\n'
    code = "def refund(order):\n    return order\n\n\ndef voucher(order):\n    return order\n"
    tree = FakeSourceTree.of(**{"ci/smoke.sh": script, "shop.py": code})
    command = "sh ci/smoke.sh"
    failure = Failure(command, command, CaseOutcome.ERROR, file="ci/smoke.sh", text="== vouchers\nbad")
    found = locate([FailureCluster("f", (failure,))], tree, (), rankers=ONLY_WORDS)
    assert [place.function for place in found] == ["voucher"]
