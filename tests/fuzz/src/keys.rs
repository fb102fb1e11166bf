//! Small files of the station's disk that are read before anybody has unlocked it.

/// The bytes are `keys.json` or `preferences.json`.
pub fn keys(data: &[u8]) {
    doorstep_station::outside::keys(data);
    doorstep_station::outside::preferences(data);
}
