"""Writes train.jsonl, validation.jsonl and test.jsonl: which tool fits the job, with two to five choices a row.

A tool, its jobs and the sentences around them are in one split alone, so that nothing but sense carries over.
Run it again and the same bytes come out: `python examples/which_tool/make_rows.py`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

# tool: what it is for
JOBS = """
hammer: drive a nail into a plank; knock two boards together; flatten a dent in a tin roof
screwdriver: fasten a hinge with screws; open the back of a radio; tighten a loose door handle
saw: cut a branch in two; shorten a wooden beam; make two boards of one
spirit level: see whether a shelf is straight; check that the table does not slope; hang a long picture evenly
tape measure: find out how wide the doorway is; know the length of a curtain; see if the sofa fits along the wall
ladder: reach the gutter of the roof; pick apples high in the tree; change a bulb under a tall ceiling
paintbrush: give the fence a new colour; coat the window frame with varnish; colour the walls of a small room
sandpaper: make rough wood smooth; take old paint off a chair leg; round off a sharp wooden edge
drill: make a hole in a concrete wall; bore through a thick board; prepare the wall for a plug
pliers: pull out a bent nail; twist two wires together; grip a small stubborn nut
spade: dig a hole for a young tree; turn over the soil of a bed; lift potatoes out of the ground
rake: gather fallen leaves; even out the gravel on the path; loosen dead grass in the lawn
watering can: give the tomatoes a drink; sprinkle young seedlings; moisten dry pots on the balcony
wheelbarrow: carry a heap of earth across the garden; move heavy stones to the wall; bring a load of compost to the beds
hedge shears: trim a bush into shape; shorten the green wall along the street; tidy twigs that stick out of the hedge
broom: sweep the yard; clear crumbs from the kitchen floor; push dry sand off the terrace
mop: wipe a wet floor; wash muddy tiles; clean up spilt soup from the hall
vacuum cleaner: get dust out of a carpet; suck dog hair off the sofa; clean the seats of a car
iron: take creases out of a shirt; flatten a crumpled tablecloth; press the pleats of a skirt
needle and thread: sew on a button; close a tear in a sleeve; shorten the legs of trousers
scissors: cut wrapping paper; trim a fringe of hair; snip a loose thread
corkscrew: open a bottle of wine; pull a stopper out of an old bottle; get at the burgundy in the cellar
rolling pin: make dough flat; spread pastry for a pie; thin out a lump of marzipan
whisk: beat egg whites until they are stiff; mix a smooth pancake batter; get lumps out of a sauce
grater: turn hard cheese into shreds; reduce a carrot to fine strips; rub the peel off a lemon
colander: drain cooked noodles; let washed salad drip dry; separate peas from their water
ladle: serve soup into bowls; pour punch from a big pot; portion stew for ten guests
oven mitt: take a hot tray out of the stove; hold a pan that has just been baked; lift the lid of a steaming casserole
kettle: boil water for tea; heat water for a hot bottle; prepare instant noodles quickly
tin opener: get at the beans in a can; open a can of tuna; remove the metal lid of preserved peaches
peeler: take the skin off potatoes; strip a cucumber; undress an apple thinly
kitchen scale: weigh out flour for a cake; find out how many grams of butter are left; measure the right amount of rice
toothbrush: clean teeth after breakfast; get rid of food between the molars; freshen the mouth before bed
comb: straighten tangled hair; make a parting; tidy a beard
razor: remove stubble from the chin; shave a moustache off; take the hair off the legs
towel: dry wet skin; rub the dog after the rain; wrap oneself after a bath
umbrella: stay dry in a shower; walk through pouring rain; keep off drizzle at the bus stop
sunglasses: see well in glaring light; protect the eyes on a bright beach; drive against a low sun
torch: find the way in a dark cellar; look under the bed at night; signal from the tent after sunset
compass: find north in a forest; keep a straight course in fog; orient a map on a hike
tent: sleep outdoors in the mountains; spend the night at a festival; shelter from the wind at the campsite
sleeping bag: keep warm at night while camping; lie cosily on a hut floor; spend a cold night under the stars
rope: tie a boat to the pier; secure a climber; pull a car out of the ditch
binoculars: watch birds far away; see a ship on the horizon; follow a horse race from the stands
life jacket: stay afloat after falling from a boat; be safe while learning to sail; take a child out rowing
bicycle pump: fill a flat tyre with air; make a soft football hard; get the wheel ready for a tour
wrench: loosen a rusty bolt; take a wheel off a car; tighten the nut below a sink
jump leads: start a car with an empty battery; revive a van that stood all winter; share current between two engines
stethoscope: listen to a patient's heart; hear a rattle in the lungs; check the breathing of a child
thermometer: find out whether somebody has a fever; know how warm the bath is; check the heat of the roast
plaster: cover a small cut; protect a grazed knee; keep dirt out of a scratched finger
crutches: walk with a broken leg; spare a sprained ankle; move about after a knee operation
microscope: look at bacteria; see the cells of an onion skin; examine a grain of pollen
telescope: look at the moons of Jupiter; watch a comet; find a distant galaxy
magnifying glass: read very small print; inspect the marks on a stamp; see the legs of an ant
ruler: draw a straight line; measure a pencil stroke in millimetres; mark the margin of a page
eraser: remove a pencil mark; take back a wrong line in a sketch; clean up a drawing
stapler: hold sheets of paper together; fasten the pages of a report; attach a receipt to a form
glue: mend a broken cup; stick a photograph into an album; join two pieces of cardboard
calculator: add up a long bill; find the square root of a number; work out a percentage quickly
dictionary: look up what a word means; check how a term is spelt; find a translation
alarm clock: wake up at six; not miss an early train; get out of bed before school
calendar: remember a dentist's appointment; plan the days of a holiday; see on which weekday Easter falls
camera: take a picture of the sunset; keep a memory of the wedding; record how the house looks today
headphones: hear music without disturbing anyone; follow a lecture in a noisy train; listen to a podcast at night
microphone: make a speech heard in a hall; record a song; sing louder than the band
guitar: accompany a song by the campfire; strum some chords; play a solo on six strings
drumsticks: beat the rhythm of a march; play the snare; keep the beat for a rock band
chalk: write on a blackboard; draw squares for hopscotch; mark a line on a tailor's cloth
fishing rod: catch a trout; sit by the lake for a pike; angle from the bank
net: scoop goldfish out of a pond; catch a butterfly; bring in a shoal of herring
leash: take the dog for a walk; keep a puppy from running off; lead a hound past the sheep
saddle: ride a horse comfortably; sit firmly on a pony; prepare a mare for a long trek
skis: glide down a snowy slope; cross a white valley in winter; race through slalom gates
skates: glide over a frozen lake; play ice hockey; turn pirouettes in the rink
sledge: slide down a hill with the children in winter; pull firewood over the snow; have fun on a white meadow
snow shovel: clear the driveway in January; dig out a car after a blizzard; free the pavement from slush
fire extinguisher: put out flames in a kitchen; fight a burning bin; stop a blaze before it spreads
smoke detector: be warned of a fire at night; notice early that a cable smoulders; guard the bedroom against fumes
lock: keep thieves off a bicycle; secure the garden shed; fasten a gym cupboard
key: get into the flat; open the letter box; start an old motorcycle
safe: keep jewels from burglars; store a will at home; guard the cash of a shop overnight
suitcase: pack clothes for a journey; carry shirts to a hotel; check luggage in at the airport
backpack: carry food on a hike; take books to school; keep both hands free on a climb
wallet: keep banknotes together; carry cards and coins; pay at the market
stamp: send a letter by post; mail a postcard from the sea; frank an envelope
envelope: hide a birthday card from view; post a contract; seal a handwritten letter
candle: have light during a power cut; decorate a birthday cake; dine romantically
matches: light a campfire; set the stove alight; kindle a wick
blanket: keep warm on the sofa; have a picnic on the grass; cover a sleeping child
pillow: rest the head at night; ease a stiff neck in bed; lie softly while reading
fan: cool the room in a heat wave; move sultry air; dry fresh paint faster
heater: warm a chilly bathroom; get through a winter in the workshop; take the frost out of a caravan
curtains: keep morning light out of a bedroom; stop neighbours looking in; darken a room for a film
doormat: keep mud out of the hall; clean the soles before entering; catch the dirt of boots
bucket: carry water from a well; catch drops under a leaking roof; mix a little mortar
"""
SENTENCES = {
    "train": ("Anna wants to {job}.", "To {job}, what does she need?", "Somebody has to {job} today."),
    "validation": ("My uncle would like to {job}.", "Which thing helps to {job}?"),
    "test": ("Two neighbours plan to {job} this afternoon.", "What is best if you have to {job}?"),
}
CHOICES = {"train": "She takes the {tool}.", "validation": "He reaches for the {tool}.", "test": "They use the {tool}."}
SHARES = (("test", 30), ("validation", 12))
SEED = 7


def main() -> None:
    jobs = dict(line.split(": ") for line in JOBS.strip().splitlines())
    dice = random.Random(SEED)
    tools = sorted(jobs)
    dice.shuffle(tools)
    parts = {}
    for name, count in SHARES:
        parts[name], tools = tools[:count], tools[count:]
    for name, own in {**parts, "train": tools}.items():
        rows = [row for tool in own for row in rows_of(tool, jobs[tool].split("; "), own, name, dice)]
        dice.shuffle(rows)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (Path(__file__).parent / f"{name}.jsonl").write_text(text, encoding="utf-8")


def rows_of(tool: str, jobs: list[str], tools: list[str], name: str, dice: random.Random) -> list[dict[str, object]]:
    """Each job in every sentence of the split, among tools of the same split."""
    rows = []
    for job in jobs:
        for sentence in SENTENCES[name]:
            others = dice.sample([other for other in tools if other != tool], dice.randint(1, 4))
            place = dice.randint(0, len(others))
            chosen = [*others[:place], tool, *others[place:]]
            choices = [CHOICES[name].format(tool=one) for one in chosen]
            rows.append({"question": sentence.format(job=job), "choices": choices, "label": place})
    return rows


if __name__ == "__main__":
    main()
