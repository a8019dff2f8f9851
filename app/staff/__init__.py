"""The staff station: alarms of a room shown where the staff are, with confirmed receipt.

The bedside end (`link`) and the station end (`station_link`, `station_window`) speak the protocol
of `docs/staff-station.md`. Only `station_window`, `room_tile` and `station_run` use Qt.
"""
