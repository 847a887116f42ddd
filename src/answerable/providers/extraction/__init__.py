"""How the extractive engine makes an answer: what it selects, how it is written down, what a follow-up leans on."""
