use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn file(_s: &Station, _q: FileRequest) -> Result<Reply, Failure> {
    todo!()
}
