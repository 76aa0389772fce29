RSpec.describe 'syntax' do
  it 'does not end' do
end
