use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn preferences(_s: &Station, _q: Nothing) -> Result<Preferences, Failure> {
    todo!()
}

pub(crate) async fn preferences_set(_s: &Station, _q: Preferences) -> Result<Preferences, Failure> {
    todo!()
}
