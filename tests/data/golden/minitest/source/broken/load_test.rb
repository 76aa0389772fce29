require 'minitest/autorun'
require_relative '../lib/nowhere'
