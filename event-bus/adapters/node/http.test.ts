import { httpContract } from '../../http.contract.ts'
import { callableAddresses } from '../undici/callable-addresses.ts'
import { nodeHttp } from './http.ts'

httpContract('nodeHttp', (resolve) =>
  nodeHttp({
    isCallable: callableAddresses({ allow: ['127.0.0.1'], allowLoopback: false }),
    resolve,
  }),
)
