import { chance, shuffled } from "../prompt/random.js"

const SHES = [
  ...["Abigail", "Beatrix", "Carmen", "Delphine", "Esther", "Fatima", "Greta", "Harriet", "Imogen", "Jolanda"],
  ...["Katya", "Louisa", "Miriam", "Nadia", "Olive", "Paloma", "Renata", "Saskia", "Tilda", "Ursula"],
  ...["Valerie", "Wanda", "Xenia", "Yvonne", "Zora", "Agnes", "Bronwen", "Constance", "Dorothea", "Edith"]
]

const HES = [
  ...["Alistair", "Bruno", "Casimir", "Desmond", "Emil", "Fergus", "Gaspard", "Hugo", "Ivor", "Joachim"],
  ...["Kasper", "Leopold", "Marcel", "Nathaniel", "Otto", "Patrick", "Quentin", "Rufus", "Silvio", "Tobias"],
  ...["Ulrich", "Victor", "Wilfred", "Xavier", "Yannick", "Zoltan", "Ambrose", "Barnaby", "Cedric", "Dominic"]
]

/** Names of a person and of those around, by slot. */
export type World = Readonly<Record<string, string>>

/** Two people who know each other, and whom each of them talks about: no two of one name. */
export const worldsOf = (key: string): readonly [World, World] => {
  const shes = [...shuffled(SHES, `${key}/she`)]
  const hes = [...shuffled(HES, `${key}/he`)]
  const worldOf = (person: string): World => {
    const isShe = (who: string): boolean => chance(`${key}/${person}/${who}`) < 0.5
    const draw = (she: boolean): string => (she ? shes : hes).pop()!
    const partner = isShe("partner")
    return {
      "": draw(isShe("self")),
      partner: draw(partner),
      he: partner ? "she" : "he",
      his: partner ? "her" : "his",
      daughter: draw(true),
      son: draw(false),
      sister: draw(true),
      brother: draw(false),
      friend: draw(true),
      mate: draw(false),
      colleague: draw(true),
      boss: draw(false),
      neighbour: draw(isShe("neighbour"))
    }
  }
  return [worldOf("one"), worldOf("other")]
}
