"""What is owed after delivery: goods that come back, what becomes of them, and the money given back.

It may know every other room and nobody knows it. Its door is `returning.take_back`.
"""
