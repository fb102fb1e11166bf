use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn material_set(_s: &Station, _q: MaterialRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn page_add(_s: &Station, _q: PageAddRequest, _b: Vec<u8>) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn page_set(_s: &Station, _q: PageRequest) -> Result<ApplicationView, Failure> {
    todo!()
}
