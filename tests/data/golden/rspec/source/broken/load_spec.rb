require_relative '../lib/nowhere'

RSpec.describe 'load' do
  it('never') { nil }
end
