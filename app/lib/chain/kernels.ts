/** Runs the kernel circuits, which say that a transaction keeps the chain's rules. */
import { BBBundlePrivateKernelProver } from '@aztec/bb-prover/client/bundle';
import { foreignCallHandler } from '@aztec/noir-protocol-circuits-types/client';
import { WASMSimulator } from '@aztec/simulator/client';

/**
 * Runs each kernel circuit and keeps nothing of it. The libraries' own way also records each run under the hash of the
 * circuit's megabytes, and writes out all inputs and outputs to tell their size to a log that nobody reads.
 */
export class KernelProver extends BBBundlePrivateKernelProver {
  constructor() {
    super(new WASMSimulator());
  }

  override readonly simulateCircuitOutput: BBBundlePrivateKernelProver['simulateCircuitOutput'] = async (
    inputs,
    name,
    toWitness,
    toOutputs,
  ) => {
    const circuit = await this.artifactProvider.getSimulatedClientCircuitArtifactByName(name);
    const given = toWitness(inputs, circuit.abi);
    const { witness } = await this.simulator.executeProtocolCircuit(given, circuit, foreignCallHandler);
    return this.makeEmptyKernelSimulateOutput(toOutputs(witness, circuit.abi), name);
  };
}
