class CalcError < StandardError; end

module Engine
  def self.add(left, right)
    left + right
  end

  def self.total(values)
    values.sum { |value| check(value) }
  end

  def self.check(value)
    raise ArgumentError, "negative value: #{value}" if value.negative?

    value
  end

  def self.ratio(left, right)
    left / right
  rescue ZeroDivisionError
    raise CalcError, "cannot divide #{left} by #{right}"
  end
end
