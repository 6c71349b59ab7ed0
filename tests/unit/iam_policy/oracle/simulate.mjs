// Reads simulations of @cloud-copilot/iam-simulate, one JSON object a line, and answers each with one line:
// {"result": "Allowed"} or {"error": ...}. A program of its own, because the simulator is AGPL.
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { createInterface } from 'node:readline'

async function answer(line) {
  try {
    const found = await runSimulation(JSON.parse(line), {})
    if (found.resultType !== 'single') return { error: found }
    const ignored = found.result.ignoredContextKeys ?? []
    if (ignored.length) return { error: { ignored } } // not seen by the decision: no comparison
    return { result: found.overallResult }
  } catch (error) {
    return { error: String(error) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(line)) + '\n')
}
