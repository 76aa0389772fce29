RSpec.shared_examples 'a number' do
  it 'is positive' do
    expect(number).to be > 0
  end
end

RSpec.describe 'Numbers' do
  [1, -1].each do |value|
    context "when #{value}" do
      let(:number) { value }

      it_behaves_like 'a number'
    end
  end
end
