using System.CommandLine;
using Siamese.Samples.DigitRecognizer;
using Spectre.Console;

// Trains an embedding network on handwritten digits, classifies over its embeddings, and says how well that went.
// The commands' options are below; what they do is in TrainCommand and PredictCommand.

if (Console.IsOutputRedirected)
{
    // A file has no width; the tables shall not be folded at 80 columns.
    AnsiConsole.Profile.Width = 120;
}

var data = new Option<string>("--data")
{
    Description = "What to learn from: a folder of MNIST's four IDX files (plain or .gz), a folder of images as <label>/*.png|jpg (or train/<label> "
        + "and test/<label>), or 'mnist' to download MNIST once. The default is the 5,000 digits that come with this sample.",
    DefaultValueFactory = _ => DigitData.ShippedFolder,
};
var recipe = new Option<Recipe>("--recipe")
{
    Description = "best: a residual network, semi-hard triplets, augmentation. seed: the course project that this library started from.",
    DefaultValueFactory = _ => Recipe.Best,
};
var epochs = new Option<int?>("--epochs") { Description = "How often to go through the images. The default suits the number of images." };
var margin = new Option<double?>("--margin") { Description = "How much nearer a positive shall be than a negative (default 0.3; recipe seed: 0.2)." };
var dimension = new Option<int>("--dimension") { Description = "Components of an embedding.", DefaultValueFactory = _ => 10 };
var miner = new Option<Miner?>("--miner") { Description = "Which triplets to learn from (default SemiHard; recipe seed: Random)." };
var seed = new Option<int>("--seed") { Description = "One seed gives one network, bit for bit, on one machine.", DefaultValueFactory = _ => 1 };
var threads = new Option<int?>("--threads") { Description = "Threads to train with (default: one for each processor)." };
var size = new Option<int?>("--size") { Description = "Width and height that images of a folder are resized to (default: their own, which must then be one)." };
var color = new Option<bool>("--color") { Description = "Learn from the colors of a folder of images too, and not from their brightness alone." };
var output = new Option<DirectoryInfo>("--output")
{
    Description = "Where digits.onnx, digits.zip, metrics.json, report.html and its pictures are written.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "digits")),
};
var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint that an interrupted run left in the output folder." };

var unknown = new Option<string[]>("--unknown")
{
    Description = "Pictures of none of the classes, to see whether they are told from these: an IDX file of images, with its labels beside it, or a folder of "
        + "image files; may be given several times (default: the 1,000 pictures of clothes that come with this sample).",
};
var expose = new Option<string?>("--expose") { Description = "Other pictures of none of the classes, to learn from what is unknown (outlier exposure)." };
var reject = new Option<string?>("--reject")
{
    Description = $"The score that tells the unknown, in the saved chain: {string.Join(", ", ScoreChoice.All.Select(choice => choice.Name))} "
        + $"(default {ScoreChoice.Default}, or {ScoreChoice.Exposed} with --expose). All of them are measured.",
};
reject.AcceptOnlyFromAmong([.. ScoreChoice.All.Select(choice => choice.Name)]);
var falseRejection = new Option<double>("--false-rejection")
{
    Description = "The share of known images that may be taken for unknown, from 0 to 1.",
    DefaultValueFactory = _ => TrainSettings.DefaultFalseRejection,
};

var root = new RootCommand(
    """
    Learns to recognize handwritten digits by triplet loss: trains a network with TorchSharp inside an ML.NET chain, exports it to ONNX,
    and classifies over its embeddings. With no option it trains on the digits that come with it, in about two minutes.

    Ctrl+C leaves a checkpoint; the same command with --resume goes on from it, and ends with the very same network.
    """)
{
    data, recipe, epochs, margin, dimension, miner, seed, threads, size, color, output, resume, unknown, expose, reject, falseRejection,
};
root.SetAction((parsed, cancellation) => TrainCommand.RunAsync(Settings(parsed, recipe, output), cancellation));

var sweepRecipe = new Option<Recipe>("--recipe") { Description = recipe.Description, DefaultValueFactory = _ => Recipe.Seed };
var sweepEpochs = new Option<int>("--epochs") { Description = "How often each network goes through the images, or of the course project's recipe, hundreds of batches.", DefaultValueFactory = _ => 2 };
var sweepOutput = new Option<DirectoryInfo>("--output")
{
    Description = "Where the networks, margins.html, its pictures and metrics.json are written.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "margins")),
};
var margins = new Command(
    "margins",
    "Trains a network at each margin from 0 to 0.9, and shows what becomes of the embeddings. The course project's recipe is the default: margin 0 lets it collapse.")
{
    data, sweepRecipe, sweepEpochs, dimension, miner, seed, threads, size, color, sweepOutput, resume,
};
margins.SetAction((parsed, cancellation) => MarginsCommand.RunAsync(Settings(parsed, sweepRecipe, sweepOutput) with { Epochs = parsed.GetValue(sweepEpochs) }, cancellation));
root.Subcommands.Add(margins);

var files = new Argument<FileInfo[]>("file") { Description = "Images of single digits, of any size; dark ink on light paper is inverted.", Arity = ArgumentArity.OneOrMore };
var model = new Option<FileInfo?>("--model")
{
    Description = "The saved chain. The default is out/digits/digits.zip where it is there, else the network that comes with this sample.",
};
var predict = new Command("predict", "Labels image files with a saved chain.") { files, model };
predict.SetAction(parsed => PredictCommand.Run(
    parsed.GetRequiredValue(files), parsed.GetValue(model), new FileInfo(Path.Combine("out", "digits", "digits.zip"))));
root.Subcommands.Add(predict);

// Long enough to write a checkpoint after Ctrl+C.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

TrainSettings Settings(ParseResult parsed, Option<Recipe> chosen, Option<DirectoryInfo> folder) =>
    new(
        parsed.GetRequiredValue(data),
        parsed.GetRequiredValue(chosen),
        parsed.GetValue(epochs),
        parsed.GetValue(margin),
        parsed.GetRequiredValue(dimension),
        parsed.GetValue(miner),
        parsed.GetRequiredValue(seed),
        parsed.GetValue(threads),
        parsed.GetValue(size),
        parsed.GetValue(color),
        parsed.GetRequiredValue(folder).FullName,
        parsed.GetValue(resume),
        parsed.GetValue(unknown) ?? [],
        parsed.GetValue(expose),
        parsed.GetValue(reject) ?? (parsed.GetValue(expose) is null ? ScoreChoice.Default : ScoreChoice.Exposed),
        parsed.GetValue(falseRejection));
