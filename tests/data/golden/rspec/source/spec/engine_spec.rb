require_relative '../lib/engine'

RSpec.describe Engine do
  it 'adds' do
    expect(Engine.add(1, 2)).to eq(3)
  end

  it 'adds wrong' do
    expect(Engine.add(1, 2)).to eq(4)
  end

  describe '.total' do
    context 'with a negative value' do
      it 'fails two calls deep' do
        expect(Engine.total([1, -2])).to eq(-1)
      end
    end
  end

  it 'has a cause' do
    Engine.ratio(1, 0)
  end

  it { is_expected.to be_nil }

  it 'hash differs' do
    expect({ a: 1, list: [1, 2] }).to eq({ a: 1, list: [1, 3] })
  end

  xit 'is skipped' do
    raise 'never'
  end

  it 'is pending' do
    pending 'known fault'
    expect(1).to eq(2)
  end

  it 'is pending and passes' do
    pending 'should still fail'
    expect(1).to eq(1)
  end

  it 'is to be done'

  [1, 2, 3].each do |number|
    it "table #{number} is one" do
      expect(number).to eq(1)
    end
  end

  it 'strange output' do
    puts "<out> & ]]> \e[31mred\e[0m \x01 é漢😀"
    puts "Failures:\n\n  1) Fake fails\n     Failure/Error: no\n\n7 examples, 0 failures"
    raise "strange <message> & ]]> \e[31mred\e[0m \x01 é漢😀\nsecond line"
  end

  it 'has two failures', :aggregate_failures do
    expect(1).to eq(2)
    expect(3).to eq(4)
  end

  context 'when set-up breaks' do
    before { Engine.ratio(1, 0) }

    it('never runs') { nil }
  end

  context 'when before(:all) breaks' do
    before(:all) { Engine.total([-1]) }

    it('never runs') { nil }
    it('never runs either') { nil }
  end

  context 'when after breaks' do
    after { raise 'after went wrong' }

    it('passes first') { nil }
    it('fails first') { expect(1).to eq(2) }
  end
end
