"""What a request may bring along."""

import pytest


@pytest.mark.parametrize("address", ["/suivi/?q=%00", "/places-vacantes/?town=%00", "/bureau/referrals/referral/?etat=%00"])
def test_a_null_byte_is_refused_before_anything_reads_it(client, address):
    assert client.get(address).status_code == 400
