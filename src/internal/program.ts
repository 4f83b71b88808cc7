import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { LLM, LLMError } from "../../services/LLM.js"
import * as Hyperfunction from "../Hyperfunction.js"
import { LMParams } from "../LMParams.js"
import type { Demonstration, ParamSpace } from "../ParamSpace.js"
import * as Parameters from "../Params.js"
import type { PredictError } from "../PredictError.js"
import type { Text } from "../Text.js"
import { chatAdapter } from "./chatAdapter.js"
import { jsonAdapter } from "./jsonAdapter.js"
import { type Prediction, predict, predictions } from "./prediction.js"
import type { Signature } from "./signature.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Params<out Input, out Output> {
  /** Its placeholders, if any, are names of inputs. */
  readonly instruction: Text
  readonly demonstrations: ReadonlyArray<Demonstration<Input, Output>>
  readonly settings: LMParams
}

/**
 * `Demonstrated` is what its demonstrations show: mostly its output.
 *
 * @since 0.1.0
 * @category models
 */
export interface Predict<in out Input, in out Output, in out Demonstrated = Output>
  extends Hyperfunction.Hyperfunction<
    [input: Input],
    Output,
    LLMError | PredictError,
    LLM,
    Params<Input, Demonstrated>
  > {}

/**
 * - `model`: `provider/name`
 * - `adapter`: the form of replies. `"chat"` (default): lines `name: value`, any model can write them. `"json"`: one JSON
 *   object, by the server's own means where it has some. Replies in the other form are understood too
 * - `demonstrations`: to start with, default none
 * - `settings`: to start with, default those of `LMParams`
 * - `modelMaxTokens`: what `maxTokensFraction` is a fraction of, default 4096
 * - `repair`: whether to ask once more for the outputs that were missing or wrong, and only for them; default for `"json"`
 * - `rollout`: which sample of a cached answer to take, default 0
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<Input, Demonstrated> {
  readonly model: string
  readonly adapter?: "chat" | "json"
  readonly demonstrations?: ReadonlyArray<Demonstration<Input, Demonstrated>>
  readonly settings?: ConstructorParameters<typeof LMParams>[0]
  readonly modelMaxTokens?: number
  readonly repair?: boolean
  readonly rollout?: number
}

const spaceOf = <Input, Demonstrated>(
  signature: Signature<Input, any>,
  demonstrated: Schema.Schema<Demonstrated, any>,
  { demonstrations, settings = {} }: Options<Input, Demonstrated>
): ParamSpace<Params<Input, Demonstrated>> =>
  Parameters.struct({
    instruction: Parameters.text<string>(signature.instruction),
    demonstrations: Parameters.demonstrations(
      { input: signature.input, output: demonstrated },
      { default: demonstrations }
    ),
    settings: Parameters.withDefaults(LMParams.space, new LMParams(settings, true))
  })

/**
 * A prediction whose demonstrations may show other than all of its outputs, and which gives what `project` makes of them.
 *
 * @internal
 */
export const program = <Input, Values, Demonstrated, Output>(
  name: string,
  signature: Signature<Input, Values>,
  demonstrated: Schema.Schema<Demonstrated, any>,
  options: Options<Input, Demonstrated>,
  project: (values: Values) => Output
): Predict<Input, Output, Demonstrated> => {
  const { adapter = "chat", modelMaxTokens, repair = adapter === "json", rollout = 0 } = options
  const prediction: Prediction = {
    name,
    model: options.model,
    signature,
    adapter: adapter === "json" ? jsonAdapter : chatAdapter,
    repair,
    rollout,
    modelMaxTokens
  }
  const self: Predict<Input, Output, Demonstrated> = Hyperfunction.make(name, {
    params: spaceOf(signature, demonstrated, options),
    run: (params, input: Input): Effect.Effect<Output, LLMError | PredictError, LLM> =>
      predict(prediction, params, input, project)
  })
  predictions.set(self.definition, prediction)
  return self
}
