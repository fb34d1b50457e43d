"""A campaign in figures: what is counted and over what (`measures`), by what (`dimensions`), for the office (`figures`), for all
(`publishing`).
"""
