RSpec.configure do |config|
  config.after(:suite) { raise 'after suite went wrong' }
end

RSpec.describe 'fine' do
  it('passes') { nil }
end
