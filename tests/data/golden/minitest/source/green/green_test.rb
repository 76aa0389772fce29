require 'minitest/autorun'

class GreenTest < Minitest::Test
  def test_green
    assert true
  end

  def test_later
    skip 'later'
  end
end
