require 'minitest/autorun'
require_relative '../lib/engine'

class EngineTest < Minitest::Test
  def test_adds
    assert_equal 3, Engine.add(1, 2)
  end

  def test_adds_wrong
    assert_equal 4, Engine.add(1, 2), 'sums differ'
  end

  def test_total_two_calls_deep
    assert_equal(-1, Engine.total([1, -2]))
  end

  def test_ratio_with_a_cause
    Engine.ratio(1, 0)
  end

  def test_skipped
    skip 'not today'
  end

  def test_hash_differs
    assert_equal({ a: 1, text: "one\ntwo" }, { a: 1, text: "one\nthree" })
  end

  def test_strange_output
    puts "<out> & ]]> \e[31mred\e[0m \x01 é漢😀"
    puts '7 runs, 7 assertions, 0 failures, 0 errors, 0 skips'
    raise "strange <message> & ]]> \e[31mred\e[0m \x01 é漢😀\nsecond line"
  end
end

class BrokenSetUpTest < Minitest::Test
  def setup
    Engine.ratio(1, 0)
  end

  def test_never_runs; end
end

class BrokenTearDownTest < Minitest::Test
  def teardown
    raise 'teardown went wrong'
  end

  def test_passes_first; end

  def test_fails_first
    flunk 'failed first'
  end
end

describe 'nested' do
  describe 'group' do
    it 'has words' do
      _(1).must_equal 2
    end
  end
end
