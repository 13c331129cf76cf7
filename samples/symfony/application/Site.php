<?php

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Routing\Generator\UrlGeneratorInterface;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

/** A whole application in one class. */
class Site extends Kernel
{
    use MicroKernelTrait;

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
    }

    public function getProjectDir(): string
    {
        return dirname(__DIR__);
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', ['secret' => 'not used here', 'test' => false]);
    }

    protected function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->add('start', '/')->controller([$this, 'start']);
        $routes->add('greeting', '/hello/{name}')->controller([$this, 'greet']);
        $routes->add('posted', '/posted')->controller([$this, 'posted'])->methods(['POST']);
    }

    public function start(UrlGeneratorInterface $urls): Response
    {
        return new Response('<link rel="stylesheet" href="/style.css"><h1>Symfony</h1><a href="'.$urls->generate('greeting', ['name' => 'Ada'])."\">Ada</a>\n");
    }

    public function greet(string $name): Response
    {
        return new Response('<h1>Hello, '.htmlspecialchars($name)."</h1>\n");
    }

    public function posted(Request $request): Response
    {
        return new JsonResponse(['path' => $request->getPathInfo(), 'text' => $request->request->get('text')]);
    }
}
