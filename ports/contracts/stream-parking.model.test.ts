import { streamParkingContract } from './stream-parking.contract.ts';
import { modelStreamParking } from './stream-parking.model.ts';

streamParkingContract(async () => {
  const parking = modelStreamParking();
  return { parking, another: parking, remove: async () => {} };
});
