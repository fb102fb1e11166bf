use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn matters(_s: &Station, _q: MatterSearch) -> Result<MatterList, Failure> {
    todo!()
}

pub(crate) async fn matter(_s: &Station, _q: MatterRequest) -> Result<MatterReply, Failure> {
    todo!()
}
