Feature: Green
  Scenario: green
    Given an engine
