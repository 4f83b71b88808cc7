declare module "mnist" {
  const digits: ReadonlyArray<{ readonly raw: ReadonlyArray<number>; readonly length: number }>
  export default digits
}
