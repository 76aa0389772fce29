import calc.nothing
