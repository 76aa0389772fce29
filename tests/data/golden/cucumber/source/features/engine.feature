Feature: Engine

  Background:
    Given an engine

  Scenario: adds
    When I add 1 and 2
    Then the result is 3

  Scenario: adds wrong
    When I add 1 and 2
    Then the result is 4

  Scenario: total two calls deep
    When I total 1 and -2
    Then the result is -1

  Scenario: has a cause
    When I divide 1 by 0
    Then the result is 0

  Scenario: undefined step
    When I do something nobody knows

  Scenario: pending step
    When I wait for this to be written

  @skip
  Scenario: skipped
    Then the result is 7

  Scenario Outline: table <left>
    When I add <left> and <right>
    Then the result is <sum>

    Examples:
      | left | right | sum |
      | 1    | 1     | 2   |
      | 2    | 2     | 5   |

  Rule: strange <&> things

    Scenario: strange <&>]]> output
      Then strange things happen

  @broken
  Scenario: broken hook
    Then the result is 7
