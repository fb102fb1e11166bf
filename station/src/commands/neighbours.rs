//! Devices nearby.

use crate::contract::{NeighbourAdd, NeighbourList, NeighbourSync, NeighboursSet, Nothing};
use crate::{Failure, Station};

pub(crate) async fn neighbours(station: &Station, _: Nothing) -> Result<NeighbourList, Failure> {
    station.neighbours().await
}

pub(crate) async fn neighbours_set(station: &Station, wished: NeighboursSet) -> Result<NeighbourList, Failure> {
    station.set_neighbours(wished.enabled).await?;
    station.neighbours().await
}

pub(crate) async fn neighbour_add(station: &Station, request: NeighbourAdd) -> Result<NeighbourList, Failure> {
    station.add_neighbour(&request.code).await?;
    station.neighbours().await
}

pub(crate) async fn neighbour_sync(station: &Station, request: NeighbourSync) -> Result<NeighbourList, Failure> {
    station.meet(&request.id).await?;
    station.neighbours().await
}
