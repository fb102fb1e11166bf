use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn sync_now(_s: &Station, _q: Nothing) -> Result<SyncReport, Failure> {
    todo!()
}
