"""Boosts against fractions: the product is exact, and rounded once, by the strictest (SPEC 7.4)."""

import random
from fractions import Fraction
from math import ceil, floor

import pytest

from engine.model.configuration import Rounding
from engine.model.facts import AppliedBoost
from engine.model.identifiers import Millionths
from engine.rules.boosts import boosted

ROUNDINGS: tuple[Rounding, ...] = ("down", "nearest", "up")
STACKS = 10_000


def stack(*boosts: tuple[str, Rounding]) -> tuple[AppliedBoost, ...]:
    return tuple(
        AppliedBoost(n, own=n % 2 == 0, multiplier=millionths(multiplier), rounding=rounding)
        for n, (multiplier, rounding) in enumerate(boosts, 1)
    )


def millionths(multiplier: str) -> Millionths:
    return Millionths(int(Fraction(multiplier) * 10**6))


def by_fractions(amount: int, boosts: tuple[AppliedBoost, ...]) -> int:
    product = Fraction(amount)
    for boost in boosts:
        product *= Fraction(boost.multiplier, 10**6)
    strictest = min((boost.rounding for boost in boosts), key=ROUNDINGS.index, default="down")
    if strictest == "down":
        return floor(product)
    return floor(product + Fraction(1, 2)) if strictest == "nearest" else ceil(product)


@pytest.mark.parametrize(
    ("amount", "boosts", "expected"),
    [
        (100, (("1.1", "up"), ("1.1", "up")), 121),
        (5 * 3, (("1.1", "down"),), 16),
        (5, (("1.1", "nearest"),), 6),  # 5.5
        (5, (("1.09", "nearest"),), 5),  # 5.45
        (5, (("1.1", "up"), ("1", "down")), 5),
        (5, (("1.1", "up"), ("1", "nearest")), 6),
        (3, (("0.1", "down"),), 0),
        (1, (("0.000001", "up"),), 1),
        (7, (), 7),
    ],
)
def test_what_an_award_becomes(
    amount: int, boosts: tuple[tuple[str, Rounding], ...], expected: int
) -> None:
    assert boosted(amount, stack(*boosts)) == expected


def test_random_stacks_agree_with_fractions() -> None:
    dice = random.Random(7)
    for _ in range(STACKS):
        amount = dice.choice((1, 3, 5, 10, 99, 100, 12_345, 10**9)) * dice.randrange(1, 50)
        boosts = tuple(
            AppliedBoost(
                n,
                own=dice.random() < 0.5,
                multiplier=Millionths(
                    dice.choice(
                        (1_100_000, 1_500_000, 2_000_000, 333_333, dice.randrange(1, 10**8))
                    )
                ),
                rounding=dice.choice(ROUNDINGS),
            )
            for n in range(dice.randrange(6))
        )
        assert boosted(amount, boosts) == by_fractions(amount, boosts), (amount, boosts)
