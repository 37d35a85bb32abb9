"""The demo: scenario S1 played with kubectl on real parts, each step judged by what really came back.

`python -m lab demo` (that is `make demo`) calls `lab.demo.play`. A step whose outcome is not the promised one fails the
demo: it is a test that a person can watch.
"""
