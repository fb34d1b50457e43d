from referrals.rules.numbers import referral_number


def test_a_number_reads_well_and_ends_with_its_check_letter():
    assert [referral_number(campaign="2026", rank=rank) for rank in (1, 2, 123456)] == [
        "2026-000001-P",
        "2026-000002-Q",
        "2026-123456-E",
    ]


def test_a_wrong_digit_or_two_changed_about_show():
    def check(digits: str) -> str:
        return referral_number(campaign=digits[:4], rank=int(digits[4:]))[-1]

    right = "2026004711"
    slips = {right[:i] + digit + right[i + 1 :] for i in range(4, 10) for digit in "0123456789"} - {right}
    swaps = {right[:i] + right[i + 1] + right[i] + right[i + 2 :] for i in range(4, 9)} - {right}
    assert [slip for slip in slips | swaps if check(slip) == check(right)] == []
