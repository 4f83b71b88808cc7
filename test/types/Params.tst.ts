import * as Schema from "effect/Schema"
import { LMParams } from "../../src/LMParams.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import type { NoTensorForm, ParamSpace, TensorParams } from "../../src/ParamSpace.js"
import * as Params from "../../src/Params.js"
import * as Tensor from "../../src/Tensor.js"
import type { Placeholders, Text } from "../../src/Text.js"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const mixed = Params.struct({
  threshold: Params.bounded({ min: 0, max: 1, default: 0.5 }),
  bias: Params.unbounded({ default: 0 }),
  model: Params.category(["small", "large"], { default: "large" }),
  prompt: Params.text("Say {greeting} to {name}, {{literally}}."),
  head: Params.struct({ weight: LoRAWeight.create({ outDim: 2, inDim: 3 }), bias: Params.vector(2) })
})

holds<
  Same<
    ParamSpace.Type<typeof mixed>,
    {
      readonly threshold: number
      readonly bias: number
      readonly model: "small" | "large"
      readonly prompt: Text<"greeting" | "name">
      readonly head: { readonly weight: LoRAWeight.LoRAWeight; readonly bias: Tensor.Tensor }
    }
  >
>()

holds<Same<Placeholders<"none">, never>>()
holds<Same<Placeholders<"{{{a}}} {b}{c} }}">, "a" | "b" | "c">>()
holds<Same<Placeholders<string>, string>>()

declare const params: ParamSpace.Type<typeof mixed>
declare const tensors: TensorParams<ParamSpace.Type<typeof mixed>>

export const rendered: string = params.prompt.render({ greeting: "hi", name: "Ada" })
// @ts-expect-error a placeholder is missing
params.prompt.render({ greeting: "hi" })
// @ts-expect-error a placeholder is unknown
params.prompt.render({ greeting: "hi", name: "Ada", title: "Dr" })
// @ts-expect-error the values are missing
params.prompt.render()
declare const plain: ParamSpace.Type<ReturnType<typeof plainText>>
const plainText = () => Params.text("no placeholders")
plain.render()

export const lifted: Tensor.Tensor = Tensor.mul(
  tensors.threshold,
  Tensor.linear(tensors.head.bias, tensors.head.weight)
)
holds<Same<typeof tensors.prompt, NoTensorForm>>()
// @ts-expect-error a category has no tensor form
Tensor.add(tensors.model, 1)
// @ts-expect-error nor has text
export const text: string = tensors.prompt

// @ts-expect-error the default is not a choice
Params.category(["small", "large"], { default: "medium" })

const temperature: ParamSpace<LMParams> = LMParams.space
export const model: TensorParams<LMParams>["temperature"] = temperature.assembleTensors([]).temperature
// @ts-expect-error methods are not there in a tensor program
temperature.assembleTensors([]).toRequest

const schema = Schema.Struct({
  route: Schema.Literal("fast", "careful").pipe(Params.annotations({ default: "fast" })),
  threshold: Schema.Finite.pipe(Schema.between(0, 1), Params.annotations({ default: 0.5, transform: "logit" })),
  limit: Schema.optionalWith(Schema.Int, { exact: true })
})
holds<Same<ParamSpace.Type<ReturnType<typeof schemaSpace>>, typeof schema.Type>>()
const schemaSpace = () => Params.fromSchema(schema)
// @ts-expect-error the default is not a value of the schema
Schema.Literal("fast", "careful").pipe(Params.annotations({ default: "slow" }))
// @ts-expect-error nor is this one
Schema.Finite.pipe(Params.annotations({ default: "1" }))

// @ts-expect-error the parameters are of another space
Params.toVector(mixed, { threshold: 1 })
// @ts-expect-error so are these
Params.encode(LMParams.space)({ temperature: 1 })
