"""What this assistant has no hands, ears or wires for: said at once and plainly, instead of pretended."""

from __future__ import annotations

from visavis_agents.rules.kinds import Rule, say

OFFLINE = "because I'm not connected to the internet"
RULES: tuple[Rule, ...] = (
    say(
        r"^(?:what|how|tell me)(?: is| will| about| was)?\b.*\b(?:weather|forecast)\b(?! (?:balloon|work|form|change))|^(?:is it|will it|does it|is there)(?: be)? (?:going to )?(?:be )?(?:rain|snow|sunny|cold|hot|warm|raining|snowing|windy|a storm|storm)\w*\b(?: (?:today|tomorrow|outside|this|tonight|here|later|in|on|at|the|week\w*|afternoon|morning|evening|\w+day))*$"
        r"|^(?:what is|how (?:hot|cold|warm) is)(?: the)?(?: it| temperature)(?: (?:outside|today|now|here|outdoors|out there|right|in [a-z ]+))+$|^(?:should|do) i (?:need |take |bring )(?:to take |to bring )?(?:an? |my )?(?:umbrella|rain ?coat|jacket|coat)(?: .*)?$|^weather(?: .*)?$",
        f"I can't know the weather, {OFFLINE}. A look out of the window knows more.",
    ),
    say(
        r"^(?:turn|switch|put) (?:on|off|up|down)\b(?! (?:your|the camera|my camera)).*$|^(?:turn|switch|dim|put) (?:the|my|all|this) .*(?:on|off|up|down|lights?|lamp|heating|tv|television|radio|thermostat)$|^(?:open|close|lock|unlock|start|shut) the (?:door|window|garage|blinds|curtains|gate|car|oven|washing machine|shutters)(?: .*)?$|^(?:dim|set) the (?:lights?|thermostat|heating|temperature|oven)\b.*$",
        "I'm sorry, I can't control other devices.",
    ),
    say(
        r"^(?:play|put on|start)(?: me| us)? (?:some |a |the |any |my )?(?:music|song|songs|radio|jazz|rock|pop|classical|playlist|album|video|film|movie|podcast|news|something)(?: .*)?$|^play .* (?:by|from|on (?:spotify|youtube)) .*$",
        "I'm sorry, I can't play music or videos. I can only talk and draw.",
    ),
    say(
        r"^(?:call|phone|ring|dial|text|message|e ?mail|contact)(?: (?:up))? (?:(?:my|the|a|an) [a-z ]+|mum|mom|dad|\d[\d ]*|for help|the police|emergency|an ambulance|911|112|999|somebody|someone|him|her|them)$|^(?:send|write|make)(?: me)? (?:an? |the )?(?:e ?mail|text|message|sms|letter|phone call|call)(?: (?:to|for) .*)?$|^(?:read|check)(?: me)? my (?:e ?mails?|messages|inbox|mail|calendar)$",
        "I'm sorry, I can't make calls or send messages. In an emergency, please use a telephone.",
    ),
    say(
        r"^(?:order|book|buy|reserve|get|call|rent)(?: me| us)? (?:an? |some |the |two |\d+ )?(?:pizzas?|taxi|cab|uber|table|ticket|tickets|hotel|room|flight|flights|food|dinner|lunch|coffee|seat|seats|train|car|groceries|restaurant|burger|burgers|drink|drinks)(?: .*)?$",
        "I'm sorry, I can't order or book anything. But I can remember it for you.",
    ),
    say(
        r"^(?:what is|what are|tell me|read me|give me|any|is there any|what was)(?: (?:in|the|today's|todays|latest|breaking|some|about|world|sports|on))* (?:news|headlines)(?: .*)?$|^what (?:is (?:going on|happening|new)|happened) (?:in the world|today|in the news|in politics)(?: today)?$|^news$",
        f"I don't have the news, {OFFLINE}.",
    ),
    say(
        r"^who (?:won|is winning|is playing|plays|will win|scored)\b.*\b(?:match|game|cup|league|final|election|race|yesterday|today|tonight|last night|series|bowl|tournament)\b.*$|^(?:what is|what was|how is) the (?:score|result)\b.*$|^(?:what is|how much is)(?: the)? (?:stock|share|price of (?:bitcoin|gold|oil|gas)|bitcoin|exchange rate|dollar|euro)\b.*$",
        f"I don't know, {OFFLINE}.",
    ),
    say(
        r"^(?:search|google|look up|browse|find)(?: (?:for|on|in))? (?:the (?:internet|web|net)|online|google|wikipedia|youtube)(?: .*)?$|^(?:google|search the web for|search for|look up) .+$|^(?:are you|do you have) (?:connected to the |on the |an? )?(?:internet|online|wifi|connection)(?: (?:access|connection))?$|^open (?:a |the )?(?:website|browser|youtube|google|facebook|app)\b.*$",
        "I'm not connected to the internet, so I can only tell you what I know myself.",
    ),
    say(
        r"^(?:navigate|directions|take me|show me the way|give me directions|how do i get|how (?:do|can) (?:i|we|you) get)(?: (?:to|from|there|home))+(?: (?!know|bed|sleep|work faster)[a-z' ]+)?$|^where is the (?:next|nearest|closest) .*$|^(?:is there|where is) (?:an? )?[a-z ]+ (?:near(?:by| here| me)?|close by|around here)$",
        "I don't know this area, because I have no map. Please ask somebody nearby.",
    ),
    say(
        r"^(?:what is|do you know|where is) my (?:location|position|address|ip address)$|^where am i(?: right)?$",
        "I don't know where you are. I only hear and see what you show me.",
    ),
    say(
        r"^(?:lend me|give me) (?:some )?money$|^(?:what are|give me|tell me)(?: the)? (?:the )?(?:winning )?lottery numbers.*$",
        "I wish I could, but I can't do that.",
    ),
    say(
        r"^(?:come here|walk|dance|jump|shake hands|give me a hug|hug me|kiss me|make me (?:a )?(?:coffee|tea|sandwich|breakfast|dinner|cup of (?:tea|coffee))|cook (?:me )?(?:something|dinner|lunch)|bring me .*|clean (?:my|the) .*|do my homework)(?: for me)?$",
        "I'd like to, but I have no body. I can only talk, look and draw.",
    ),
)
