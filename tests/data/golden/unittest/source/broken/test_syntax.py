def test_syntax():
    assert (1 ==
