"""`leadtide demo`: the real pipeline on a broker of its own, with weeks of sample traffic in a minute."""
