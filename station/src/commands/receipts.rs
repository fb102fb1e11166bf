use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn receipt(_s: &Station, _q: ApplicationRequest) -> Result<Receipt, Failure> {
    todo!()
}
