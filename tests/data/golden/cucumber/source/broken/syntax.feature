Feature: broken
  Scenario: typo
    Given an engine
Feature: again
