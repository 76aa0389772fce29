require 'minitest/autorun'
class SyntaxTest < Minitest::Test
  def test_syntax
    assert_equal 1,
  end
