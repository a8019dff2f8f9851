"""The desks of QA in the window of the review: other limits, and the burden of alarms.

They see neither devices nor storage nor the runtime: what they ask is answered by `app.records`.
"""
